-- How many chunks a rare type has is told by the index, and they are found by it.
DROP INDEX chunks_in_graph;
CREATE INDEX chunks_in_graph ON chunks (tenant, in_graph, type_name);
