-- a case without decision, end and outcome is still open: its register says nothing else of it
WITH ended AS (
  SELECT c.case_id, c.unit_id, c.clause_code, c.filing_date, c.decision_date, c.closed_date, c.outcome,
    COALESCE(c.decision_date, c.closed_date,
      CASE WHEN c.outcome IS NULL THEN as_of() END) AS ended_on,
    param('limit_days', c.filing_date, c.clause_code) AS limit_days
  FROM penalty_case AS c
  WHERE NOT COALESCE(c.simple_proc, FALSE)
    AND COALESCE(c.outcome, '') <> '移送' AND c.transfer_date IS NULL
)
SELECT
  e.unit_id,
  'penalty_case' AS subject_type,
  e.case_id AS subject_id,
  days(e.filing_date, e.ended_on) - e.limit_days AS metric,
  e.clause_code,
  e.filing_date,
  e.decision_date,
  e.closed_date,
  e.outcome,
  e.limit_days
FROM ended AS e
WHERE days(e.filing_date, e.ended_on) > e.limit_days
