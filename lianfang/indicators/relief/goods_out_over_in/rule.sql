SELECT
  g.unit_id,
  'relief_item' AS subject_type,
  g.unit_id || '/' || g.event_id || '/' || g.item_code AS subject_id,
  sum(CASE WHEN g.direction = '入' THEN g.qty ELSE -g.qty END) AS metric,
  sum(CASE WHEN g.direction = '入' THEN g.qty ELSE 0 END) AS goods_in,
  sum(CASE WHEN g.direction = '出' THEN g.qty ELSE 0 END) AS goods_out,
  count(*) AS movements,
  min(g.flow_date) AS first_movement,
  max(g.flow_date) AS last_movement
FROM relief_goods AS g
WHERE g.unit_id IS NOT NULL AND g.event_id IS NOT NULL AND g.item_code IS NOT NULL
GROUP BY g.unit_id, g.event_id, g.item_code
HAVING sum(CASE WHEN g.direction = '入' THEN g.qty ELSE -g.qty END) < 0
  -- an entry without quantity or direction may be the missing receipt
  AND count(g.qty) = count(*) AND sum(CASE WHEN g.direction IN ('入', '出') THEN 1 ELSE 0 END) = count(*)
