WITH accepted AS (
  SELECT
    p.project_id, p.unit_id, p.name, p.accept_date, p.final_submit_date, p.final_date, p.settle_review_date,
    COALESCE(p.final_submit_due, add_months(p.accept_date, param('limit_months', p.accept_date))) AS due_on,
    CASE WHEN p.final_submit_date IS NOT NULL THEN p.final_submit_date
      WHEN p.final_date IS NULL AND absent(p.final_submit_date) THEN as_of() END AS open_until
  FROM project AS p
  WHERE p.is_gov_invest AND p.accept_date IS NOT NULL
)
SELECT
  a.unit_id, 'project' AS subject_type, a.project_id AS subject_id, days(a.due_on, a.open_until) AS metric,
  a.name, a.accept_date, a.due_on, a.final_submit_date, a.settle_review_date
FROM accepted AS a
WHERE a.open_until > a.due_on
