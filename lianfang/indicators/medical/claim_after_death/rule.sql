SELECT
  o.unit_id,
  'med_claim' AS subject_type,
  c.claim_id AS subject_id,
  c.fund_pay AS metric,
  c.org_id AS provider,
  o.name AS provider_name,
  c.visit_type,
  c.admit_time,
  c.settle_time,
  d.death_date,
  d.register_date
FROM med_claim AS c
JOIN death_record AS d ON d.person_key = c.person_key
LEFT JOIN med_org AS o ON o.org_id = c.org_id
WHERE days(d.death_date, c.admit_time) > param('grace_days')
  AND c.fund_pay > 0
