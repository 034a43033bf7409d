using PerCall.Training;




Scratch.Run(args);
