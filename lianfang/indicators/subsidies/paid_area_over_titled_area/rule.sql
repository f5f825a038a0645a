WITH titled AS (
  SELECT l.household_id, l.region_code, max(l.area_mu) AS area_mu
  FROM land_right AS l
  WHERE l.household_id IS NOT NULL AND l.region_code IS NOT NULL
  GROUP BY l.household_id, l.region_code
),
paid AS (
  SELECT s.household_id, s.region_code, s.program_id, s.period, min(g.name) AS program,
    CASE WHEN count(DISTINCT s.unit_id) = 1 THEN min(s.unit_id) END AS unit_id,
    sum(s.qty) AS paid_mu, sum(s.amount) AS paid
  FROM subsidy_payment AS s
  JOIN subsidy_program AS g ON g.program_id = s.program_id
  WHERE g.basis = '亩' AND NOT COALESCE(g.allows_leased_land, FALSE) AND s.period IS NOT NULL
  GROUP BY s.household_id, s.region_code, s.program_id, s.period
)
SELECT
  p.unit_id,
  'household' AS subject_type,
  p.region_code || '/' || p.household_id || '/' || p.program_id AS subject_id,
  p.period,
  ratio(p.paid_mu - t.area_mu, t.area_mu) AS metric,
  p.program,
  p.paid_mu,
  t.area_mu AS titled_mu,
  p.paid
FROM paid AS p
JOIN titled AS t ON t.household_id = p.household_id AND t.region_code = p.region_code
WHERE t.area_mu > 0 AND p.paid_mu > t.area_mu * (1 + param('tolerance'))
