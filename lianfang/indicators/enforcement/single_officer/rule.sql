SELECT
  c.unit_id,
  'penalty_case' AS subject_type,
  c.case_id AS subject_id,
  1 AS metric,
  c.clause_code,
  c.simple_proc,
  c.filing_date,
  c.decision_date,
  c.officer1_id,
  c.officer2_id
FROM penalty_case AS c
WHERE NOT COALESCE(c.off_site, FALSE)
  AND (c.officer1_id = c.officer2_id OR absent(c.officer1_id) OR absent(c.officer2_id))
