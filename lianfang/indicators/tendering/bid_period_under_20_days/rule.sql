SELECT
  t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id,
  param('min_days') - days(t.doc_issue_date, CAST(t.bid_deadline AS DATE)) AS metric,
  t.title, t.regime, t.kind, t.method, t.doc_issue_date, t.bid_deadline,
  days(t.doc_issue_date, CAST(t.bid_deadline AS DATE)) AS days_given
FROM tender AS t
LEFT JOIN project AS p ON p.project_id = t.project_id
WHERE t.method IN ('公开', '邀请')
  AND (COALESCE(t.mandatory, FALSE) OR (t.regime = 'CG' AND COALESCE(t.kind, '') <> '工程'))
  AND NOT COALESCE(p.is_emergency, FALSE)
  AND days(t.doc_issue_date, CAST(t.bid_deadline AS DATE)) BETWEEN 0 AND param('min_days') - 1
