-- a small parcel by agreement of which the case of supply is not recorded is most likely land held before
SELECT
  p.unit_id,
  'land_parcel' AS subject_type,
  p.parcel_id AS subject_id,
  COALESCE(p.deal_price, 0) AS metric,
  p.use_type,
  p.mode,
  p.supply_case,
  p.area_m2,
  p.contract_date
FROM land_parcel AS p
WHERE param('auction_required', p.contract_date, p.use_type) = 1
  AND (p.mode = '协议' OR p.mode = '划拨' AND p.use_type IN ('商业', '旅游娱乐'))
  AND COALESCE(p.supply_case, '') <> '补办'
  AND (p.mode = '划拨' OR p.supply_case IS NOT NULL OR COALESCE(p.area_m2, param('small_area')) >= param('small_area'))
