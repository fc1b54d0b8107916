-- In the place of these are docmill.turns, docmill.lanes and docmill.expected_costs.
DROP TABLE docmill.shares;
DROP TABLE docmill.stage_clocks;
