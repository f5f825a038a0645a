SELECT
  c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, ratio(SUM(g.amount), c.amount) AS metric,
  COUNT(*) AS changes, SUM(g.amount) AS added, c.amount AS contract_amount,
  MAX(c.supplier_id) AS supplier_id, MAX(c.sign_date) AS sign_date,
  MIN(g.apply_date) AS first_applied, MAX(g.apply_date) AS last_applied
FROM contract AS c
JOIN contract_change AS g ON g.contract_id = c.contract_id
WHERE c.ctype = '施工'
  AND c.amount > 0
  AND g.amount > 0
  AND COALESCE(g.approve_level, '') <> '原审批部门'
GROUP BY c.unit_id, c.contract_id, c.amount
HAVING SUM(g.amount) > c.amount * param('share')
