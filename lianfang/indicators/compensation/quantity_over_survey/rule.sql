SELECT
  c.unit_id,
  'comp_agreement' AS subject_type,
  c.comp_id AS subject_id,
  ratio(c.qty - c.measured_qty, c.measured_qty) AS metric,
  c.item_type,
  c.qty,
  c.measured_qty,
  c.unit_price,
  (c.qty - c.measured_qty) * c.unit_price AS value_of_excess,
  c.sign_date,
  c.surveyor_id,
  c.reviewer_id
FROM comp_agreement AS c
WHERE c.measured_qty > 0 AND c.qty > c.measured_qty * (1 + param('tolerance'))
