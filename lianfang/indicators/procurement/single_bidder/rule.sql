SELECT t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id, 1 AS metric,
  t.title, t.procuring_entity_id, t.procurement_method, t.method, t.procurement_method_details,
  n.counted AS counted_from_bids
FROM tender AS t
JOIN bidder_number AS n ON n.tender_id = t.tender_id
WHERE n.bidders = 1
  AND COALESCE(t.status, '') <> '流标'
  AND param_has('procurement_methods', COALESCE(t.procurement_method,
    CASE WHEN t.method = '公开' THEN 'open' WHEN t.method = '邀请' THEN 'selective' END))
