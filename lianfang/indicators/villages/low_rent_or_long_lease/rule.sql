WITH leased AS (
  SELECT c.vc_id, c.unit_id, c.village_id, c.kind, c.mode, c.sign_date, c.start_date, c.end_date, c.area_mu,
    c.annual_rent, c.ref_rent,
    CASE WHEN c.ref_rent > 0 AND c.annual_rent < c.ref_rent * (1 - param('rent_gap'))
      THEN ratio(c.ref_rent - c.annual_rent, c.ref_rent) END AS rent_share,
    CASE WHEN c.kind = '资产出租'
      THEN add_months(c.start_date, param('term_months', COALESCE(c.sign_date, c.start_date))) END AS last_day
  FROM village_contract AS c
  WHERE c.kind IN ('资源发包', '资产出租') AND NOT COALESCE(c.is_household_contracting, FALSE)
)
SELECT
  l.unit_id,
  'village_contract' AS subject_type,
  l.vc_id AS subject_id,
  GREATEST(COALESCE(l.rent_share, 0),
    CASE WHEN l.end_date > l.last_day THEN ratio(days(l.last_day, l.end_date), days(l.start_date, l.last_day))
      ELSE 0 END) AS metric,
  l.village_id,
  l.kind,
  l.mode,
  l.sign_date,
  l.start_date,
  l.end_date,
  l.area_mu,
  l.annual_rent,
  l.ref_rent
FROM leased AS l
WHERE l.rent_share IS NOT NULL OR l.end_date > l.last_day
