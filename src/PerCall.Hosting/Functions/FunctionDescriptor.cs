using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Hosting.Functions;

/// <summary>A function as found in the application: its method, and the parameter with its trigger.</summary>
internal sealed class FunctionDescriptor(string name, Type type, MethodInfo method, ParameterInfo triggerParameter, Attribute trigger)
    : FunctionDefinition
{
    public override string Name { get; } = name;

    public override string Id => EntryPoint;

    public override string EntryPoint { get; } = $"{type.FullName}.{method.Name}";

    public override string PathToAssembly => Type.Assembly.Location;

    public override ImmutableArray<FunctionParameter> Parameters =>
        [.. Method.GetParameters().Select(p => new FunctionParameter(p.Name!, p.ParameterType, p.HasDefaultValue, p.DefaultValue))];

    public override IImmutableDictionary<string, BindingMetadata> InputBindings =>
        ImmutableDictionary<string, BindingMetadata>.Empty.Add(
            TriggerParameter.Name!, new TriggerBinding(TriggerParameter.Name!, TriggerType));

    // The built-in host does not support output bindings; a function's result is the HTTP response.
    public override IImmutableDictionary<string, BindingMetadata> OutputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;

    public Type Type { get; } = type;

    public MethodInfo Method { get; } = method;

    public ParameterInfo TriggerParameter { get; } = triggerParameter;

    public Attribute Trigger { get; } = trigger;

    /// <summary>The trigger's name in functions.metadata, such as <c>httpTrigger</c>.</summary>
    public string TriggerType
    {
        get
        {
            var attribute = Trigger.GetType().Name;
            return char.ToLowerInvariant(attribute[0]) + attribute[1..^nameof(Attribute).Length];
        }
    }

    /// <summary>Parameters bound to the binding data of the same name.</summary>
    public IEnumerable<ParameterInfo> DataParameters => Method.GetParameters().Where(p =>
        p != TriggerParameter && p.ParameterType != typeof(FunctionContext) && p.ParameterType != typeof(CancellationToken));

    private sealed class TriggerBinding(string name, string type) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => type;

        public override BindingDirection Direction => BindingDirection.In;
    }
}
