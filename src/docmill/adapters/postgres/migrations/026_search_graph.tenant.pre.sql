-- Keeping the graph of vectors costs more than all else that indexing does, and is of use only to tenants with more
-- chunks than can be compared one by one. Chunks go into it from there on; those before stay outside for good.
ALTER TABLE chunks ADD COLUMN in_graph boolean NOT NULL DEFAULT false;
DROP INDEX chunks_embedding;
CREATE INDEX chunks_embedding ON chunks USING hnsw (embedding vector_ip_ops) WHERE in_graph;
CREATE INDEX chunks_in_graph ON chunks (tenant, in_graph);
