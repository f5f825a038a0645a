SELECT
  c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id,
  days(t.award_notice_date, c.sign_date) - param('sign_days') AS metric,
  t.tender_id, t.title, t.award_notice_date, c.sign_date, c.amount, c.supplier_id
FROM contract AS c
JOIN tender AS t ON t.tender_id = c.tender_id
WHERE NOT COALESCE(c.is_supplement, c.parent_id IS NOT NULL)
  AND days(t.award_notice_date, c.sign_date) > param('sign_days')
UNION ALL
SELECT
  t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id,
  days(t.award_notice_date, as_of()) - param('sign_days') AS metric,
  t.tender_id, t.title, t.award_notice_date, CAST(NULL AS DATE) AS sign_date, t.award_price AS amount,
  t.winner_id AS supplier_id
FROM tender AS t
WHERE t.winner_id IS NOT NULL
  AND COALESCE(t.status, '中标') NOT IN ('流标', '终止', 'cancelled', 'unsuccessful', 'withdrawn')
  AND complete('contract', as_of())
  AND NOT EXISTS (SELECT 1 FROM contract AS c WHERE c.tender_id = t.tender_id)
  -- a contract whose tender is not recorded may be the one
  AND NOT EXISTS (SELECT 1 FROM contract AS c WHERE c.tender_id IS NULL AND c.supplier_id = t.winner_id)
  AND days(t.award_notice_date, as_of()) > param('sign_days')
