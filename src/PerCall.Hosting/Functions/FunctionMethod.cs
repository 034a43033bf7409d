using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace PerCall.Hosting.Functions;

/// <summary>Calls a function's method: creates its class, binds its arguments, and awaits its result.</summary>
internal sealed class FunctionMethod
{
    private static readonly MethodInfo AwaitTaskMethod =
        typeof(FunctionMethod).GetMethod(nameof(AwaitTask), BindingFlags.NonPublic | BindingFlags.Static)!;

    private static readonly MethodInfo AwaitValueTaskMethod =
        typeof(FunctionMethod).GetMethod(nameof(AwaitValueTask), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly FunctionDescriptor _function;
    private readonly ParameterInfo[] _parameters;
    private readonly Func<object, Task<object?>>? _awaitResult;

    public FunctionMethod(FunctionDescriptor function)
    {
        _function = function;
        _parameters = function.Method.GetParameters();
        _awaitResult = AwaiterOf(function.Method.ReturnType);
    }

    public async Task InvokeAsync(InvocationContext context)
    {
        var arguments = new object?[_parameters.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            var parameter = _parameters[i];
            arguments[i] = parameter == _function.TriggerParameter ? await context.GetTriggerValueAsync()
                : parameter.ParameterType == typeof(FunctionContext) ? context
                : parameter.ParameterType == typeof(CancellationToken) ? context.CancellationToken
                : BindingData.GetArgument(parameter, context.BindingContext.BindingData);
        }

        // A compiled factory would cost about 10 ms on its first call, which the first caller of an instance would wait for.
        var target = _function.Method.IsStatic ? null : ActivatorUtilities.CreateInstance(context.InstanceServices, _function.Type);
        var result = _function.Method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        switch (result)
        {
            case not null when _awaitResult is not null:
                context.Result = await _awaitResult(result);
                break;
            case Task task:
                await task;
                break;
            case ValueTask task:
                await task;
                break;
            default:
                context.Result = result;
                break;
        }
    }

    private static Func<object, Task<object?>>? AwaiterOf(Type returned)
    {
        var open = returned.IsGenericType ? returned.GetGenericTypeDefinition() : null;
        var method = open == typeof(Task<>) ? AwaitTaskMethod : open == typeof(ValueTask<>) ? AwaitValueTaskMethod : null;
        return method?.MakeGenericMethod(returned.GetGenericArguments()).CreateDelegate<Func<object, Task<object?>>>();
    }

    private static async Task<object?> AwaitTask<T>(object task) => await (Task<T>)task;

    private static async Task<object?> AwaitValueTask<T>(object task) => await (ValueTask<T>)task;
}
