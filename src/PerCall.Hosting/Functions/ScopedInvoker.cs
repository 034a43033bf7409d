using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PerCall.Hosting.Functions;

/// <summary>Runs a function outside a request, in its own service scope.</summary>
internal sealed partial class ScopedInvoker(
    FunctionInvoker invoker, IServiceScopeFactory scopes, TimeProvider time, ILogger<ScopedInvoker> logger)
{
    public async Task InvokeAsync(
        FunctionDescriptor function,
        IReadOnlyDictionary<string, object?> bindingData,
        Func<CancellationToken, ValueTask<object?>> triggerValue,
        CancellationToken outer)
    {
        var scope = scopes.CreateAsyncScope();
        var context = new InvocationContext(function, scope.ServiceProvider, bindingData, triggerValue);
        var started = time.GetTimestamp();
        await invoker.InvokeAsync(context, finish: null, outer, ended: scope.DisposeAsync);
        LogSucceeded(function.Name, context.InvocationId, time.GetElapsedTime(started).TotalMilliseconds);
    }

    [LoggerMessage(LogLevel.Information, "Function {Function} ({InvocationId}) succeeded in {Milliseconds:0} ms.")]
    private partial void LogSucceeded(string function, string invocationId, double milliseconds);
}
