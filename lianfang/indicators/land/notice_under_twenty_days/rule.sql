SELECT
  p.unit_id,
  'land_parcel' AS subject_type,
  p.parcel_id AS subject_id,
  param('notice_days', p.notice_date) - days(p.notice_date, p.list_start) AS metric,
  p.mode,
  p.use_type,
  p.notice_date,
  p.list_start,
  p.deal_price
FROM land_parcel AS p
WHERE p.mode IN ('招标', '拍卖', '挂牌')
  AND days(p.notice_date, p.list_start) < param('notice_days', p.notice_date)
