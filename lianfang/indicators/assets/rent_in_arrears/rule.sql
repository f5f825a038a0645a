WITH lease AS (
  SELECT l.lease_id, l.unit_id, l.asset_id, l.mode, l.start_date, l.end_date, l.due_rent, l.paid_rent, l.dunning_date,
    l.due_rent - COALESCE(l.paid_rent, CASE WHEN absent(l.paid_rent) THEN 0 END) AS arrears
  FROM asset_lease AS l
)
SELECT
  l.unit_id,
  'asset_lease' AS subject_type,
  l.lease_id AS subject_id,
  l.arrears AS metric,
  l.asset_id,
  l.mode,
  l.start_date,
  l.end_date,
  l.due_rent,
  l.paid_rent,
  l.dunning_date
FROM lease AS l
WHERE l.arrears > param('least_arrears')
