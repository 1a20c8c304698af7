export const TASKS = {};
