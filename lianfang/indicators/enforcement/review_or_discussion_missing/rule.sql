WITH stepped AS (
  SELECT c.case_id, c.unit_id, c.clause_code, c.outcome, c.decision_date, c.legal_review_date, c.collective_date,
    c.fine,
    CASE WHEN param('step_required', c.decision_date, '法制审核') = 1
      AND (absent(c.legal_review_date) OR c.legal_review_date > c.decision_date) THEN 1 ELSE 0 END AS review_missing,
    CASE WHEN param('step_required', c.decision_date, '集体讨论') = 1
      AND (absent(c.collective_date) OR c.collective_date > c.decision_date) THEN 1 ELSE 0 END AS discussion_missing
  FROM penalty_case AS c
  WHERE c.is_major AND c.decision_date IS NOT NULL AND COALESCE(c.outcome, '处罚') = '处罚'
)
SELECT
  s.unit_id,
  'penalty_case' AS subject_type,
  s.case_id AS subject_id,
  s.review_missing + s.discussion_missing AS metric,
  s.clause_code,
  s.decision_date,
  s.legal_review_date,
  s.collective_date,
  s.fine
FROM stepped AS s
WHERE s.review_missing + s.discussion_missing > 0
