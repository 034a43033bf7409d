using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Hosting.Functions;

/// <summary>
/// One invocation. The trigger's value is created on demand, inside the middleware, so that an invalid payload is a failure of the
/// function.
/// </summary>
internal sealed class InvocationContext(
    FunctionDescriptor function,
    IServiceProvider services,
    IReadOnlyDictionary<string, object?> bindingData,
    Func<CancellationToken, ValueTask<object?>> triggerValue) : FunctionContext
{
    private static readonly NoRetries Retries = new();

    private CancellationToken _cancellationToken;
    private InvocationFeatures? _features;

    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override string FunctionId => function.EntryPoint;

    public override FunctionDefinition FunctionDefinition => function;

    public override BindingContext BindingContext { get; } = new TriggerBindingContext(bindingData);

    public override TraceContext TraceContext => new CurrentTrace();

    public override RetryContext RetryContext => Retries;

    public override IInvocationFeatures Features => _features ??= new InvocationFeatures();

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override CancellationToken CancellationToken => _cancellationToken;

    public FunctionDescriptor Function => function;

    /// <summary>The function's return value.</summary>
    public object? Result { get; set; }

    public ValueTask<object?> GetTriggerValueAsync() => triggerValue(_cancellationToken);

    public void SetCancellation(CancellationToken token) => _cancellationToken = token;

    private sealed class TriggerBindingContext(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }
    private sealed class CurrentTrace : TraceContext
    {
        public override string TraceParent { get; } = Activity.Current?.Id ?? "";

        public override string TraceState { get; } = Activity.Current?.TraceStateString ?? "";
    }

    // Retry policies are not supported. A failed message comes back from its queue as a new invocation.
    private sealed class NoRetries : RetryContext
    {
        public override int RetryCount => 0;

        public override int MaxRetryCount => 0;
    }
}
