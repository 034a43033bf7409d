using System.Collections.ObjectModel;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace PerCall.Hosting.Functions;

/// <summary>The application's middleware, outermost first.</summary>
internal sealed class MiddlewareList(IList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
    : ReadOnlyCollection<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>>(middleware);
