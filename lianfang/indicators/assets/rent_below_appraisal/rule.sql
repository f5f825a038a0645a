SELECT
  l.unit_id, 'asset_lease' AS subject_type, l.lease_id AS subject_id,
  GREATEST(ratio(l.market_rent - l.annual_rent, l.market_rent), 0.000001) AS metric,
  l.asset_id, a.name AS asset_name, l.mode, l.start_date, l.end_date, l.annual_rent, l.market_rent,
  l.market_rent - l.annual_rent AS shortfall
FROM asset_lease AS l
LEFT JOIN asset AS a ON a.asset_id = l.asset_id
WHERE l.market_rent > 0
  AND l.annual_rent < l.market_rent * (1 - param('tolerance'))
  AND COALESCE(l.mode, '') <> '公开招租'
  AND l.relief_approve_no IS NULL
  AND (l.end_date IS NULL OR l.end_date >= add_months(as_of(), -param('months')))
