SELECT
  d.unit_id,
  'property_deal' AS subject_type,
  d.deal_id AS subject_id,
  ratio(d.appraisal_value - d.list_price, d.appraisal_value) AS metric,
  d.list_round,
  d.appraisal_value,
  d.list_price,
  d.below_approve_no,
  d.list_start
FROM property_deal AS d
WHERE d.asset_kind = '产权' AND d.appraisal_value > 0
  AND (
    d.list_round = 1 AND d.list_price < d.appraisal_value * param('first_share', d.list_start)
    OR absent(d.below_approve_no) AND d.list_price < d.appraisal_value * param('later_share', d.list_start)
  )
