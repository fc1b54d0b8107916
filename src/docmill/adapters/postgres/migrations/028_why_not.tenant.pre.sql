-- What exactly was wrong with a rejected file, and what to do about it, where that says more than the code.
ALTER TABLE runs ADD COLUMN detail text, ADD COLUMN action text;
