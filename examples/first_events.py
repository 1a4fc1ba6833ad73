"""Emits two first events and asks who owns the customer: TOKEN=… python examples/first_events.py [URL]"""

import os
import sys
from uuid import uuid4

import httpx

url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
customer = str(uuid4())
batch = [
    {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/readme",
        "type": "customer.register",
        "data": {
            "customer_id": customer,
            "kind": "COMPANY",
            "legal_name": "苏州恒信源包装有限公司",
            "country": "CN",
            "source": {"method": "PROSPECTING", "seen_on": "2026-01-15"},
        },
    },
    {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/readme",
        "type": "ownership.claim",
        "data": {"customer_id": customer, "line": "default"},
    },
]
with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {os.environ['TOKEN']}"}) as api:
    media = {"Content-Type": "application/cloudevents-batch+json"}
    answer = api.post("/v1/events", json=batch, headers=media).raise_for_status().json()
    for result in answer["results"]:
        sys.stdout.write(f"{result['status']} {result.get('position')} {result.get('problem', '')}\n")
    asked = {"min_position": answer["basis"]["position"]}
    owner = api.get(f"/v1/customers/{customer}/ownership", params=asked).raise_for_status().json()
    sys.stdout.write(f"{owner['owner']}\n")
