SELECT
  CASE WHEN count(DISTINCT c.unit_id) = 1 THEN min(c.unit_id) END AS unit_id,
  'account' AS subject_type,
  c.payee_account AS subject_id,
  count(DISTINCT c.household_id) AS metric,
  count(DISTINCT c.comp_id) AS agreements,
  sum(c.amount) AS paid,
  joined(c.project_id) AS projects,
  joined(c.unit_id) AS units,
  min(c.sign_date) AS first_signed,
  max(c.sign_date) AS last_signed
FROM comp_agreement AS c
WHERE c.payee_account IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM village_account AS v WHERE v.account_no = c.payee_account AND v.holder_kind = '集体')
GROUP BY c.payee_account
HAVING count(DISTINCT c.household_id) >= param('least_households')
