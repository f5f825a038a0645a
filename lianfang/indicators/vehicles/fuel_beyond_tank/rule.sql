SELECT
  v.unit_id, 'fuel_record' AS subject_type, f.fuel_id AS subject_id, ratio(f.liters, v.tank_l) AS metric,
  v.vehicle_id, v.vclass, v.tank_l, f.liters, f.amount, f.fuel_time, f.fuel_kind
FROM fuel_record AS f
JOIN official_vehicle AS v ON v.vehicle_id = f.vehicle_id
WHERE v.tank_l > 0 AND f.liters > v.tank_l * (1 + param('tolerance'))
