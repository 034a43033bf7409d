using Microsoft.Azure.Functions.Worker;

namespace PerCall.Hosting.Functions;

/// <summary>One invocation. The trigger's value is made on demand, inside the middleware, so that a bad payload is the function's failure.</summary>
internal sealed class InvocationContext(
    FunctionDescriptor function,
    IServiceProvider services,
    IReadOnlyDictionary<string, object?> bindingData,
    Func<CancellationToken, ValueTask<object?>> triggerValue) : FunctionContext
{
    private CancellationToken _cancellationToken;
    private object? _triggerValue;

    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override string FunctionId => function.EntryPoint;

    public override FunctionDefinition FunctionDefinition => function;

    public override BindingContext BindingContext { get; } = new TriggerBindingContext(bindingData);

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override CancellationToken CancellationToken => _cancellationToken;

    public FunctionDescriptor Function => function;

    /// <summary>What the function returned.</summary>
    public object? Result { get; set; }

    public async ValueTask<object?> GetTriggerValueAsync() => _triggerValue = await triggerValue(_cancellationToken);

    /// <summary>Closes the stream that a blob function may have been given.</summary>
    public ValueTask DisposeTriggerValueAsync() => _triggerValue is Stream stream ? stream.DisposeAsync() : ValueTask.CompletedTask;

    public void SetCancellation(CancellationToken token) => _cancellationToken = token;

    private sealed class TriggerBindingContext(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }
}
