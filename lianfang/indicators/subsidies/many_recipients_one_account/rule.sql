SELECT
  CASE WHEN count(DISTINCT s.unit_id) = 1 THEN min(s.unit_id) END AS unit_id,
  'account' AS subject_type,
  s.account_no AS subject_id,
  count(DISTINCT s.person_key) AS metric,
  count(DISTINCT s.household_id) AS households,
  joined(s.program_id) AS programs,
  joined(s.unit_id) AS paying_units,
  sum(s.amount) AS paid,
  min(s.pay_date) AS first_payment,
  max(s.pay_date) AS last_payment
FROM subsidy_payment AS s
WHERE s.account_no IS NOT NULL
  AND s.pay_date > add_days(as_of(), -365)
  AND COALESCE(s.collect_kind, '本人') NOT IN ('监护', '机构', '集体')
  AND NOT EXISTS (SELECT 1 FROM village_account AS v WHERE v.account_no = s.account_no AND v.holder_kind = '集体')
GROUP BY s.account_no
HAVING count(DISTINCT s.person_key) >= param('least_persons')
  AND count(DISTINCT s.household_id) >= param('least_households')
