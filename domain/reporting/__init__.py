"""What is told of a visit, put right or struck out, and how it is judged, with the approvals that this relies on."""
