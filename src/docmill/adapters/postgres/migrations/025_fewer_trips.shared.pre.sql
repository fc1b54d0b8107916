-- They return or take more, which replacing them in place does not allow.
DROP FUNCTION IF EXISTS docmill.take(text[], text, int, double precision, json);
DROP FUNCTION IF EXISTS docmill.record(json);
