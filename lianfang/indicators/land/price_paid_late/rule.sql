WITH parcel AS (
  SELECT p.parcel_id, p.unit_id, p.deal_price, p.fee_due, p.fee_paid, p.fee_paid_date,
    CASE WHEN p.fee_paid >= p.deal_price * param('full_share') THEN p.fee_paid_date
      WHEN p.fee_paid < p.deal_price * param('full_share') OR absent(p.fee_paid) THEN as_of() END AS late_until
  FROM land_parcel AS p
  WHERE p.deal_price > 0
)
SELECT
  p.unit_id,
  'land_parcel' AS subject_type,
  p.parcel_id AS subject_id,
  days(p.fee_due, p.late_until) AS metric,
  p.deal_price,
  p.fee_due,
  p.fee_paid,
  p.fee_paid_date
FROM parcel AS p
WHERE p.late_until > p.fee_due
