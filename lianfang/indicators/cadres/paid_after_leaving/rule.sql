WITH gone AS (
  SELECT
    p.person_id, p.unit_id, p.leave_kind, p.status, d.death_date,
    CASE WHEN p.status IN ('退休', '离职') OR p.leave_kind IS NOT NULL THEN p.retire_date END AS retired_on
  FROM person AS p
  LEFT JOIN death_record AS d ON d.person_key = p.person_key
),
departed AS (
  SELECT
    g.person_id, g.unit_id, LEAST(COALESCE(g.retired_on, g.death_date), COALESCE(g.death_date, g.retired_on)) AS left_on,
    CASE WHEN g.death_date <= COALESCE(g.retired_on, g.death_date) THEN '死亡' ELSE COALESCE(g.leave_kind, g.status) END
      AS how_left
  FROM gone AS g
),
paid AS (
  SELECT
    y.person_id, COALESCE(y.unit_id, d.unit_id) AS unit_id, y.month, y.item, y.amount, d.left_on, d.how_left
  FROM payroll AS y
  JOIN departed AS d ON d.person_id = y.person_id
  WHERE COALESCE(param_has('wage_items', y.item), FALSE)
    AND month_start(y.month) > add_months(month_start(d.left_on), param('grace_months'))
    AND NOT EXISTS (
      SELECT 1 FROM tenure AS t
      WHERE t.person_id = y.person_id AND t.since_date >= d.left_on
        AND t.since_date < add_months(month_start(y.month), 1) AND (t.until_date IS NULL OR t.until_date > y.month)
    )
)
SELECT
  CASE WHEN COUNT(DISTINCT p.unit_id) = 1 THEN MIN(p.unit_id) END AS unit_id,
  'person' AS subject_type, p.person_id AS subject_id, p.person_id, COUNT(DISTINCT p.month) AS metric,
  MIN(p.left_on) AS left_on, MIN(p.how_left) AS how_left, MIN(p.month) AS first_month, MAX(p.month) AS last_month,
  joined(p.item) AS items
FROM paid AS p
GROUP BY p.person_id
HAVING SUM(p.amount) > 0
