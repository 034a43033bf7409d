namespace Microsoft.Azure.Functions.Worker.Middleware;

/// <summary>The rest of an invocation: the next middleware, or the function.</summary>
#pragma warning disable CA1711 // the worker's own name
public delegate Task FunctionExecutionDelegate(FunctionContext context);
#pragma warning restore CA1711
