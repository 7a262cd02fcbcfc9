/** Resolves with the instance's next event of this type that `test` accepts. */
export const heard = (auth, type, test = () => true) =>
  new Promise((resolve) => {
    const off = auth.on(type, (event) => {
      if (!test(event)) return;
      off();
      resolve(event);
    });
  });
