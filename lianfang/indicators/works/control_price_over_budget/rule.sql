WITH compared AS (
  SELECT
    p.unit_id, p.project_id, p.name, p.control_price, p.approved_budget, p.adjusted_budget, p.construction_budget,
    COALESCE(p.adjusted_budget, p.construction_budget, p.approved_budget) AS ceiling
  FROM project AS p
  WHERE COALESCE(p.is_gov_invest, TRUE)
)
SELECT
  c.unit_id, 'project' AS subject_type, c.project_id AS subject_id,
  GREATEST(ratio(c.control_price - c.ceiling, c.ceiling), 0.000001) AS metric, -- never rounded away
  c.name, c.control_price, c.ceiling, c.approved_budget, c.adjusted_budget, c.construction_budget,
  c.control_price - c.ceiling AS excess
FROM compared AS c
WHERE c.ceiling > 0
  AND c.control_price > c.ceiling * (1 + param('tolerance', as_of()))
