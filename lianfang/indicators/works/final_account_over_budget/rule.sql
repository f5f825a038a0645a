WITH compared AS (
  SELECT
    p.unit_id, p.project_id, p.name, p.final_amount, p.final_date, p.approved_budget, p.adjusted_budget,
    COALESCE(p.adjusted_budget, p.approved_budget) AS ceiling
  FROM project AS p
  WHERE p.is_gov_invest
)
SELECT
  c.unit_id, 'project' AS subject_type, c.project_id AS subject_id,
  GREATEST(ratio(c.final_amount - c.ceiling, c.ceiling), 0.000001) AS metric, -- never rounded away
  c.name, c.final_amount, c.final_date, c.ceiling, c.approved_budget, c.adjusted_budget,
  c.final_amount - c.ceiling AS excess
FROM compared AS c
WHERE c.ceiling > 0
  AND c.final_amount > c.ceiling * (1 + param('tolerance', COALESCE(c.final_date, as_of())))
