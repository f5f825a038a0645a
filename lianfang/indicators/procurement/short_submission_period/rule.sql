-- a threshold set for the procedure as written goes first, then one set for the method, then the general one
WITH judged AS (
  SELECT t.unit_id, t.tender_id, t.title, t.procuring_entity_id, t.method, t.procurement_method,
    t.procurement_method_details, t.tender_start, t.bid_deadline, hours(t.tender_start, t.bid_deadline) AS hours_given,
    CASE WHEN param('threshold', CAST(t.tender_start AS DATE), t.procurement_method_details)
        <> param('threshold', CAST(t.tender_start AS DATE))
      THEN param('threshold', CAST(t.tender_start AS DATE), t.procurement_method_details)
      ELSE COALESCE(param('method_days', CAST(t.tender_start AS DATE), t.method),
        param('method_days', CAST(t.tender_start AS DATE), t.procurement_method),
        param('threshold', CAST(t.tender_start AS DATE))) END AS threshold_days
  FROM tender AS t
  WHERE COALESCE(t.status, '') NOT IN ('cancelled', '终止')
    AND t.bid_deadline >= t.tender_start
    AND NOT COALESCE(param_has('without_period', t.method), FALSE)
    AND param_has('procurement_methods', t.procurement_method)
)
SELECT j.unit_id, 'tender' AS subject_type, j.tender_id AS subject_id, 1 AS metric,
  j.title, j.procuring_entity_id, j.method, j.procurement_method, j.procurement_method_details,
  j.tender_start, j.bid_deadline,
  floor(ratio(j.hours_given, 24)) AS whole_days, j.threshold_days
FROM judged AS j
WHERE j.hours_given < 24 * j.threshold_days
