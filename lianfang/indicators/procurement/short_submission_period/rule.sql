SELECT t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id, 1 AS metric,
  t.title, t.procuring_entity_id, t.procurement_method_details, t.tender_start, t.bid_deadline,
  floor(ratio(hours(t.tender_start, t.bid_deadline), 24)) AS whole_days,
  param('threshold', CAST(t.tender_start AS DATE), t.procurement_method_details) AS threshold_days
FROM tender AS t
WHERE COALESCE(t.status, '') NOT IN ('cancelled', '终止')
  AND t.bid_deadline >= t.tender_start
  AND hours(t.tender_start, t.bid_deadline)
    < 24 * param('threshold', CAST(t.tender_start AS DATE), t.procurement_method_details)
  AND param_has('procurement_methods', t.procurement_method)
