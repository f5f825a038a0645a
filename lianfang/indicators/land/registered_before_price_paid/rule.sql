WITH parcel AS (
  SELECT
    p.parcel_id, p.unit_id, p.use_type, p.mode, p.deal_price, p.contract_date, p.fee_due, p.fee_paid, p.fee_paid_date,
    p.cert_date, p.actual_start,
    LEAST(COALESCE(p.cert_date, p.actual_start), COALESCE(p.actual_start, p.cert_date)) AS used_on,
    CASE WHEN p.fee_paid >= p.deal_price * param('full_share') THEN p.fee_paid_date
      WHEN p.fee_paid < p.deal_price * param('full_share') OR absent(p.fee_paid) THEN as_of() END AS unpaid_until
  FROM land_parcel AS p
  WHERE p.deal_price > 0 AND COALESCE(p.mode, '') <> '划拨'
)
SELECT
  p.unit_id, 'land_parcel' AS subject_type, p.parcel_id AS subject_id, days(p.used_on, p.unpaid_until) AS metric,
  CASE WHEN p.cert_date <= p.used_on THEN '首次登记' ELSE '动工' END AS what_came_first,
  p.use_type, p.mode, p.deal_price, p.contract_date, p.fee_due, p.fee_paid, p.fee_paid_date, p.cert_date, p.actual_start
FROM parcel AS p
WHERE p.unpaid_until > p.used_on
