WITH judged AS (
  SELECT c.case_id, c.unit_id, c.clause_code, c.grade, c.decision_date, c.fine, r.fine_min, r.fine_max, r.source_doc,
    CASE WHEN c.fine > r.fine_max THEN 1
      WHEN c.fine < r.fine_min
        AND NOT COALESCE(c.mitigated, FALSE)
        AND NOT (c.grade = '减轻' AND COALESCE(c.collective_date <= c.decision_date, FALSE)) THEN 1
      ELSE 0 END AS is_outside
  FROM penalty_case AS c
  JOIN discretion_rule AS r ON r.clause_code = c.clause_code AND r.grade = c.grade
    AND (r.effective_from IS NULL OR r.effective_from <= c.decision_date)
    AND (r.effective_until IS NULL OR r.effective_until > c.decision_date)
  WHERE c.decision_date IS NOT NULL AND c.fine IS NOT NULL AND COALESCE(c.outcome, '处罚') = '处罚'
)
SELECT
  min(j.unit_id) AS unit_id,
  'penalty_case' AS subject_type,
  j.case_id AS subject_id,
  min(CASE WHEN j.fine > j.fine_max THEN COALESCE(ratio(j.fine - j.fine_max, j.fine_max), 1)
    ELSE ratio(j.fine_min - j.fine, j.fine_min) END) AS metric,
  min(j.clause_code) AS clause_code,
  min(j.grade) AS grade,
  min(j.decision_date) AS decision_date,
  min(j.fine) AS fine,
  min(j.fine_min) AS band_min,
  max(j.fine_max) AS band_max,
  joined(j.source_doc) AS band_documents
FROM judged AS j
GROUP BY j.case_id
-- where versions overlap, a fine inside any band in force is inside
HAVING min(j.is_outside) = 1
