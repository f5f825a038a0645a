WITH fill AS (
  SELECT f.fuel_id, f.vehicle_id, f.fuel_time, CAST(f.fuel_time AS DATE) AS filled_on, f.liters, f.amount, f.fuel_kind
  FROM fuel_record AS f
  WHERE f.fuel_time IS NOT NULL
)
SELECT
  v.unit_id, 'fuel_record' AS subject_type, f.fuel_id AS subject_id, COALESCE(f.amount, 0) AS metric,
  v.vehicle_id, v.vclass, f.fuel_time, f.liters, f.fuel_kind
FROM fill AS f
JOIN official_vehicle AS v ON v.vehicle_id = f.vehicle_id
WHERE NOT is_workday(f.filled_on)
  AND NOT COALESCE(param_has('duty_classes', v.vclass), FALSE)
  AND COALESCE(f.amount, 0) >= 0
  AND complete('vehicle_trip', f.filled_on)
  AND NOT EXISTS (
    SELECT 1 FROM vehicle_trip AS t
    WHERE t.vehicle_id = f.vehicle_id
      AND CAST(t.start_time AS DATE) <= add_days(f.filled_on, param('days_around'))
      AND COALESCE(CAST(t.end_time AS DATE), CAST(t.start_time AS DATE)) >= add_days(f.filled_on, -param('days_around'))
  )
