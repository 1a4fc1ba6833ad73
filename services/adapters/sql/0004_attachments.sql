-- Photos and documents, sealed; the log holds what they are, never the bytes. Ciphertext does not compress.
CREATE TABLE {schema}.attachments (
    sha256 text COLLATE "C" PRIMARY KEY,
    subject text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL
);
ALTER TABLE {schema}.attachments ALTER COLUMN ciphertext SET STORAGE EXTERNAL;
