/** QuickJS has its own functions in C: none is made quicker. */
export {}
