using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Hosting.Functions;

/// <summary>A function as found in the application: its method, and the parameter its trigger stands on.</summary>
internal sealed class FunctionDescriptor(string name, Type type, MethodInfo method, ParameterInfo triggerParameter, Attribute trigger)
    : FunctionDefinition
{
    public override string Name { get; } = name;

    public Type Type { get; } = type;

    public MethodInfo Method { get; } = method;

    public ParameterInfo TriggerParameter { get; } = triggerParameter;

    public Attribute Trigger { get; } = trigger;

    public string EntryPoint => $"{Type.FullName}.{Method.Name}";

    /// <summary>Parameters that take binding data of their own name.</summary>
    public IEnumerable<ParameterInfo> DataParameters => Method.GetParameters().Where(p =>
        p != TriggerParameter && p.ParameterType != typeof(FunctionContext) && p.ParameterType != typeof(CancellationToken));
}
