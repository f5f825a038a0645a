SELECT
  p.unit_id,
  'land_parcel' AS subject_type,
  p.parcel_id AS subject_id,
  param('listing_days', p.list_start) - days(p.list_start, p.list_end) AS metric,
  p.use_type,
  p.list_start,
  p.list_end,
  p.deal_price
FROM land_parcel AS p
WHERE p.mode = '挂牌'
  AND days(p.list_start, p.list_end) < param('listing_days', p.list_start)
