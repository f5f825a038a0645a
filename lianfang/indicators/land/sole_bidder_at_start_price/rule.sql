WITH sold AS (
  SELECT p.parcel_id, p.unit_id, p.use_type, p.mode, p.start_price, p.deal_price, p.bidders, p.list_start,
    p.list_end, p.contract_date,
    year_of(COALESCE(p.contract_date, p.list_end)) AS sold_year,
    CASE WHEN p.bidders = 1 AND p.deal_price <= p.start_price * (1 + param('tolerance')) THEN 1 ELSE 0 END AS is_sole
  FROM land_parcel AS p
  WHERE p.mode IN ('拍卖', '挂牌') AND p.start_price > 0 AND p.deal_price > 0 AND p.bidders IS NOT NULL
),
weak_market AS (
  SELECT s.use_type, s.sold_year
  FROM sold AS s
  WHERE s.use_type IS NOT NULL AND s.sold_year IS NOT NULL
  GROUP BY s.use_type, s.sold_year
  HAVING count(*) >= param('weak_market_parcels') AND sum(s.is_sole) * 2 > count(*)
)
SELECT
  s.unit_id,
  'land_parcel' AS subject_type,
  s.parcel_id AS subject_id,
  ratio(s.deal_price - s.start_price, s.start_price) AS metric,
  s.mode,
  s.use_type,
  s.start_price,
  s.deal_price,
  s.bidders,
  s.list_start,
  s.contract_date
FROM sold AS s
WHERE s.is_sole = 1
  AND NOT EXISTS (SELECT 1 FROM weak_market AS w WHERE w.use_type = s.use_type AND w.sold_year = s.sold_year)
