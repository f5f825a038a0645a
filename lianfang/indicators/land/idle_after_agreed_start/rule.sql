WITH parcel AS (
  SELECT p.parcel_id, p.unit_id, p.use_type, p.area_m2, p.plan_start, p.actual_start,
    COALESCE(p.actual_start, CASE WHEN absent(p.actual_start) THEN as_of() END) AS idle_until
  FROM land_parcel AS p
  WHERE p.mode <> '划拨' AND NOT COALESCE(p.delay_by_government, FALSE)
)
SELECT
  p.unit_id,
  'land_parcel' AS subject_type,
  p.parcel_id AS subject_id,
  ratio(days(p.plan_start, p.idle_until), 365) AS metric,
  p.use_type,
  p.area_m2,
  p.plan_start,
  p.actual_start
FROM parcel AS p
WHERE p.idle_until > add_months(p.plan_start, param('idle_months'))
